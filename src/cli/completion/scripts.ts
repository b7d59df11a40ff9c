/** What a shell runs: all of them ask `baton complete`, which knows the commands, and fall back to files. */

const BASH = `# Completion of baton for bash: source <(baton completion bash)
_baton() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <("$1" complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _baton baton
`;

const ZSH = `#compdef baton
# Completion of baton for zsh: source <(baton completion zsh)
_baton() {
  local line
  local -a found
  for line in "\${(@f)$(baton complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z $line ]] && continue
    if [[ $line == *$'\\t'* ]]; then
      found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
    else
      found+=("\${line//:/\\\\:}")
    fi
  done
  if (( $#found )); then
    _describe baton found
  else
    _files
  fi
}
compdef _baton baton
`;

const FISH = `# Completion of baton for fish: baton completion fish | source
function __baton_complete
    set -l words (commandline -opc) (commandline -ct)
    set -e words[1]
    set -l found (baton complete -- $words 2>/dev/null)
    if set -q found[1]
        printf '%s\\n' $found
    else
        __fish_complete_path (commandline -ct)
    end
end
complete -c baton -f -a '(__baton_complete)'
`;

/** By the name of the shell. */
export const SCRIPTS: ReadonlyMap<string, string> = new Map([
  ["bash", BASH],
  ["zsh", ZSH],
  ["fish", FISH],
]);
