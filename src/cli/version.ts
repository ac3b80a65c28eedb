import { readFileSync } from 'node:fs'

/** Of package.json. */
export function version(): string {
  const parsed: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  const isObject = typeof parsed === 'object' && parsed !== null
  return isObject && 'version' in parsed && typeof parsed.version === 'string' ? parsed.version : 'unknown'
}
