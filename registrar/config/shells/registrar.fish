# Completion of registrar in fish. Load it with: registrar completion fish | source
function __registrar_reply
    set -l line (commandline --cut-at-cursor --current-process)
    set -l program (commandline --tokenize --cut-at-cursor --current-process)[1]
    if string match --quiet -- '* -m registrar *' "$line"
        set program $program -m registrar
    end
    command $program completion query "$line" 2>/dev/null
end
function __registrar_python
    string match --quiet -- '* -m registrar *' (commandline --cut-at-cursor --current-process)
end
complete --command registrar --no-files --arguments '(__registrar_reply)'
complete --command python --condition __registrar_python --no-files --arguments '(__registrar_reply)'
complete --command python3 --condition __registrar_python --no-files --arguments '(__registrar_reply)'
