import { buildCommand, type Command, type RouteMap } from '@stricli/core'
import type { CliContext } from './context.ts'
import { print } from './context.ts'

type Target = Command<CliContext> | RouteMap<CliContext>

type Shell = 'bash' | 'zsh' | 'fish'

/** Words that may follow a command line so far: `''` is the command alone, `user` what follows `aspis user`. */
export type Words = ReadonlyMap<string, readonly string[]>

/** `aspis completion bash`; `words` comes from the application that the command is part of. */
export function completionCommand(words: () => Words) {
  return buildCommand<Record<never, never>, [Shell], CliContext>({
    func(_flags, shell) {
      print(this, SCRIPTS[shell](words()))
    },
    parameters: {
      positional: {
        kind: 'tuple',
        parameters: [{ parse: readShell, placeholder: 'shell', brief: 'bash, zsh or fish' }],
      },
    },
    docs: {
      brief: 'Print a completion script',
      fullDescription:
        'Prints a script that completes commands and flags.\n\nExample:\n  source <(aspis completion bash)\n  aspis completion fish > ~/.config/fish/completions/aspis.fish',
    },
  })
}

/** Every command line of an application, with what may follow it. */
export function wordsOf(root: RouteMap<CliContext>): Words {
  return new Map(
    [...targetsOf(root)].map(([path, target]) => {
      const next =
        'getAllEntries' in target ? shownEntries(target).map(entry => entry.name.original) : flagsOf(target)
      return [path, [...next, '--help']]
    }),
  )
}

/** Every command and group of commands by its words: `''` is the application, then `user`, `user add`. */
export function targetsOf(root: RouteMap<CliContext>): ReadonlyMap<string, Target> {
  const targets = new Map<string, Target>()
  const walk = (path: string, target: Target): void => {
    targets.set(path, target)
    if (!('getAllEntries' in target)) return
    for (const entry of shownEntries(target)) walk(`${path} ${entry.name.original}`.trim(), entry.target)
  }
  walk('', root)
  return targets
}

function shownEntries(map: RouteMap<CliContext>) {
  return map.getAllEntries().filter(entry => !entry.hidden)
}

function flagsOf(command: Command<CliContext>): string[] {
  const names = Object.entries(command.parameters.flags ?? {}).flatMap(([name, flag]) => {
    const isSwitch = flag.kind === 'boolean' && flag.default === undefined
    return isSwitch ? [name, `no-${name}`] : [name]
  })
  return names.map(name => `--${name.replace(/[A-Z]/g, upper => `-${upper.toLowerCase()}`)}`)
}

function readShell(text: string): Shell {
  if (text === 'bash' || text === 'zsh' || text === 'fish') return text
  throw new RangeError(`"${text}" is not bash, zsh or fish`)
}

const SCRIPTS: Readonly<Record<Shell, (words: Words) => string>> = {
  bash: words => `# aspis completion for bash
_aspis() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" path="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
${cases(words)}
  if [ -z "$words" ]; then COMPREPLY=($(compgen -f -- "$cur")); else COMPREPLY=($(compgen -W "$words" -- "$cur")); fi
}
complete -o default -F _aspis aspis`,
  zsh: words => `#compdef aspis
_aspis() {
  local path="" word words_here
  for word in "\${words[@]:1:$((CURRENT-2))}"; do
    case "$word" in -*) ;; *) path="\${path:+$path }$word" ;; esac
  done
${cases(words).replaceAll('words=', 'words_here=')}
  compadd -- \${=words_here} || _files
}
compdef _aspis aspis`,
  fish: words =>
    [...words]
      .flatMap(([path, next]) =>
        next.map(word => {
          const seen =
            path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.split(' ').at(-1)}`
          const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-a ${word}`
          return `complete -c aspis -n '${seen}' ${what}`
        }),
      )
      .join('\n'),
}

function cases(words: Words): string {
  return ['  local words=""', '  case "$path" in', ...longestFirst(words), '  esac'].join('\n')
}

/** The longer path first: a pattern with a star would take what belongs to it. */
function longestFirst(words: Words): string[] {
  return [...words]
    .toSorted(([a], [b]) => b.split(' ').length - a.split(' ').length || b.length - a.length)
    .map(([path, next]) => `    "${path}"${path === '' ? '' : '*'}) words="${next.join(' ')}" ;;`)
}
