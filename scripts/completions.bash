# Added to the completions for bash by scripts/install.

# bash takes an = for the end of a word, but keys with values and the folders of a sweep have one inside: words are joined
# before they are completed, and what stands before the present part of a word is left out of what is proposed.
_metarl_whole_words() {
  local line=${COMP_LINE//\\=/=} raw prefix="" words=()
  local -i i current=0 point=$((COMP_POINT - ${#COMP_LINE} + ${#line}))
  for ((i = 0; i < ${#COMP_WORDS[@]}; i++)); do
    raw=${COMP_WORDS[i]//\\=/=}
    if ((i > 0)) && [[ $raw == =* || ${COMP_WORDS[i - 1]} == = ]]; then
      if ((i == COMP_CWORD)); then prefix=${words[-1]}; fi
      words[-1]+=$raw
    else
      words+=("$raw")
    fi
    if ((i == COMP_CWORD)); then
      current=${#words[@]}-1
      if [[ $raw == = ]]; then prefix=${words[-1]}; fi
    fi
  done
  local COMP_LINE=$line COMP_POINT=$point COMP_WORDS=("${words[@]}") COMP_CWORD=$current
  _metarl "$1" "${words[current]}" "${words[current - 1]}"
  COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
  # A value, or a name in the folder, comes next.
  if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=/] ]]; then compopt -o nospace 2>/dev/null; fi
}

complete -o filenames -F _metarl_whole_words metarl
