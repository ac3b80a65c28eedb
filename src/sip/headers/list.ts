/**
 * Splits a comma list (RFC 3261 §7.3.1) outside quoted strings and angle brackets, trimmed; an unclosed quote
 * or bracket swallows the rest, which the value's own parser then refuses. Linear.
 */
export function splitList(value: string): string[] {
  if (!value.includes(',')) return [value]
  const parts: string[] = []
  let start = 0
  let inAngle = false
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code === 34 && !inAngle) {
      i += 1
      while (i < value.length && value.charCodeAt(i) !== 34) i += value.charCodeAt(i) === 92 ? 2 : 1
    } else if (code === 60) inAngle = true
    else if (code === 62) inAngle = false
    else if (code === 44 && !inAngle) {
      parts.push(value.slice(start, i).trim())
      start = i + 1
    }
  }
  parts.push(value.slice(start).trim())
  return parts
}
