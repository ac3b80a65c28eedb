import type { Family } from './families.ts'
import { hexAt } from './plain-text.ts'

const CONVERSIONS = 'sxndpuci'
const BETWEEN = '0123456789$.*-#l'

/**
 * Conversions of `printf`: one `%n`, or two of others. Escapes of URIs look alike where their digits are letters, so
 * what two hexadecimal digits follow is none.
 */
export function formatIn(raw: string): Family | undefined {
  let conversions = 0
  for (let at = raw.indexOf('%'); at >= 0; at = raw.indexOf('%', at + 1)) {
    let end = at + 1
    while (end - at < 8 && BETWEEN.includes(raw[end] ?? ' ')) end += 1
    const conversion = (raw[end] ?? ' ').toLowerCase()
    if (!CONVERSIONS.includes(conversion)) continue
    // `%08x` begins like an escape, and goes on as a conversion.
    if (hexAt(raw, at + 1) >= 0 && !(raw[at + 1] === '0' && conversion === 'x')) continue
    if (conversion === 'n') return 'format-string'
    conversions += 1
    if (conversions === 2) return 'format-string'
  }
  return undefined
}
