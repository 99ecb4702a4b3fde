# Completion of registrar in bash. Load it with: eval "$(registrar completion bash)"
_registrar_reply() {
    local line="${COMP_LINE:0:COMP_POINT}" current prefix="" candidate
    current="${line##* }"
    # Bash splits words at the characters of COMP_WORDBREAKS, and replaces the last part alone.
    if [[ $current == *=* && $COMP_WORDBREAKS == *=* ]]; then
        prefix="${current%"${current##*=}"}"
    fi
    COMPREPLY=()
    while IFS= read -r candidate; do
        candidate="${candidate#"$prefix"}"
        [[ $candidate == *[=.,] ]] || candidate+=" "
        COMPREPLY+=("$candidate")
    done < <("$@" completion query "$line" 2>/dev/null)
}
_registrar() { _registrar_reply "${COMP_WORDS[0]}"; }
_registrar_python() {
    [[ " ${COMP_WORDS[*]} " == *" -m registrar "* ]] && _registrar_reply "${COMP_WORDS[0]}" -m registrar
}
complete -o nospace -o default -F _registrar registrar
complete -p python &>/dev/null || complete -o nospace -o default -F _registrar_python python python3
