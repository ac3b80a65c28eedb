import type { Family } from './families.ts'
import type { PlainText } from './plain-text.ts'

/** Commands that an intruder tries first. One a line, sorted. */
const COMMANDS: ReadonlySet<string> = new Set([
  'bash',
  'busybox',
  'cat',
  'chmod',
  'cmd',
  'curl',
  'dig',
  'echo',
  'env',
  'exec',
  'flushall',
  'id',
  'ifconfig',
  'kill',
  'ls',
  'nc',
  'ncat',
  'netcat',
  'nslookup',
  'perl',
  'php',
  'ping',
  'powershell',
  'python',
  'reboot',
  'rm',
  'ruby',
  'sh',
  'shutdown',
  'sleep',
  'socat',
  'telnet',
  'tftp',
  'touch',
  'uname',
  'wget',
  'whoami',
])

const PARTS = [
  '$(',
  '(){',
  '/bin/bash',
  '/bin/sh',
  '/dev/tcp/',
  '/dev/udp/',
  'cmd.exe',
  'cmd/c',
  'nc-e',
  'powershell-',
  'system(',
] as const

/**
 * Commands for a shell: substitution, pipes, chains.
 * @param isFree the text has no parameters of its own, which look like chains
 */
export function commandIn({ folded, tight }: PlainText, isFree: boolean): Family | undefined {
  for (const part of PARTS) if (tight.includes(part)) return 'command'
  if (hasBackquotes(folded)) return 'command'
  for (let at = 0; at < folded.length; at += 1) {
    const char = folded[at]
    if (char !== '|' && char !== '&' && (char !== ';' || !isFree)) continue
    if (isCommand(folded, at + 1)) return 'command'
  }
  return undefined
}

/** Two backquotes with a command between them; one alone is an apostrophe of some keyboards. */
function hasBackquotes(folded: string): boolean {
  const first = folded.indexOf('`')
  if (first < 0) return false
  const second = folded.indexOf('`', first + 1)
  return second > first + 1
}

function isCommand(folded: string, at: number): boolean {
  while (folded[at] === ' ' || folded[at] === '|' || folded[at] === '&') at += 1
  let end = at
  while (end - at < 12 && isLetter(folded.charCodeAt(end))) end += 1
  if (!COMMANDS.has(folded.slice(at, end))) return false
  const next = folded[end]
  return next === undefined || ' ;|&<>`\'"'.includes(next)
}

function isLetter(code: number): boolean {
  return code >= 97 && code <= 122
}
