import type { Config } from './config.ts'
import { type FileProblem, fileProblems } from './machine-aaa.ts'
import type { ConfigPath } from './problem.ts'

/** Fewer can be tried one by one. */
const MIN_SECRET_CHARS = 16

/** What is wrong with the files of secrets that `detection.outputs` names. */
export function outputFileProblems({ detection }: Config): FileProblem[] {
  const { webhooks, hep } = detection.outputs
  const at = ['detection', 'outputs']
  const secretOf = (file: string, path: ConfigPath, minChars: number): FileProblem[] =>
    fileProblems(file, path, true, text => {
      const { length } = text.trim()
      return length >= minChars
        ? undefined
        : `${file} holds ${length} characters, at least ${minChars} are needed`
    })
  return [
    ...webhooks.flatMap(({ secretFile }, i) =>
      secretOf(secretFile, [...at, 'webhooks', i, 'secret-file'], MIN_SECRET_CHARS),
    ),
    ...hep.flatMap(({ passwordFile }, i) =>
      passwordFile === '' ? [] : secretOf(passwordFile, [...at, 'hep', i, 'password-file'], 1),
    ),
  ]
}
