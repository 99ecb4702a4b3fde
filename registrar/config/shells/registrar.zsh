# Completion of registrar in zsh. Load it, after compinit, with: eval "$(registrar completion zsh)"
_registrar_reply() {
    local candidate
    for candidate in ${(f)"$("$@" completion query "${(j: :)words[1,CURRENT]}" 2>/dev/null)"}; do
        if [[ $candidate == *[=.,] ]]; then
            compadd -S '' -- "$candidate"
        else
            compadd -- "$candidate"
        fi
    done
    (( compstate[nmatches] )) || { compset -P '*='; _files; }
}
_registrar() { _registrar_reply "$words[1]"; }
_registrar_python() {
    if [[ " $words " == *" -m registrar "* ]]; then
        _registrar_reply "$words[1]" -m registrar
    elif (( $+functions[_python] )) || autoload -Uz +X _python 2>/dev/null; then
        _python
    else
        _files
    fi
}
compdef _registrar registrar
compdef _registrar_python python python3
