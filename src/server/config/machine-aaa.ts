import { readFileSync, statSync } from 'node:fs'
import { MIN_SECRET_OCTETS } from './aaa.ts'
import type { Config } from './config.ts'
import type { Problem } from './problem.ts'

export type FileProblem = Pick<Problem, 'severity' | 'path' | 'message'>

/** What is wrong with the files that `aaa` names: secrets, keys and certificates. */
export function aaaFileProblems({ aaa }: Config): FileProblem[] {
  const { radius } = aaa ?? {}
  if (radius === undefined) return []
  const at = ['aaa', 'radius']
  const secrets = (['servers', 'accounting'] as const).flatMap(list =>
    radius[list].flatMap(({ secret }, index) =>
      secret?.kind === 'file' ? secretProblems(secret.path, [...at, list, index, 'secret-file']) : [],
    ),
  )
  const pems = (['ca', 'certificate', 'key'] as const).flatMap(name => {
    const path = radius[name]
    return path === undefined
      ? []
      : fileProblems(path, [...at, name], name === 'key', text => pemProblem(path, text))
  })
  return [...secrets, ...pems]
}

function secretProblems(file: string, path: Problem['path']): FileProblem[] {
  return fileProblems(file, path, true, text => {
    const octets = Buffer.byteLength(text.replace(/\r?\n$/, ''))
    return octets >= MIN_SECRET_OCTETS
      ? undefined
      : `${file} holds ${octets} octets; a shared secret has at least ${MIN_SECRET_OCTETS} (RFC 2865 §3)`
  })
}

function pemProblem(file: string, text: string): string | undefined {
  return text.includes('-----BEGIN ') ? undefined : `${file} is no PEM file`
}

/** What is wrong with a file, by its mode and by what it holds. */
export function fileProblems(
  file: string,
  path: Problem['path'],
  isSecret: boolean,
  look: (text: string) => string | undefined,
): FileProblem[] {
  const error = (message: string): FileProblem => ({ severity: 'error', path, message })
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (failure) {
    const code = failure instanceof Error && 'code' in failure ? String(failure.code) : 'unreadable'
    return [error(`${file}: ${code === 'ENOENT' ? 'no such file' : `cannot be read (${code})`}`)]
  }
  const wrong = look(text)
  const isOpen = isSecret && (statSync(file).mode & 0o007) !== 0
  return [
    ...(wrong === undefined ? [] : [error(wrong)]),
    ...(isOpen ? [error(`${file} can be read by every user of this machine; run: chmod 600 ${file}`)] : []),
  ]
}
