/**
 * Hashes of texts, as strings and as octets. The seed is drawn at each start: who may choose texts cannot choose
 * ones that meet in one place.
 */
export function hashOfText(text: string, seed: number): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = step(hash, text.charCodeAt(i))
  return mixed(hash ^ text.length)
}

/** The same of a text that stands in octets, one or two (low one first) a character. */
export function hashOfOctets(
  bytes: Uint8Array,
  start: number,
  chars: number,
  isWide: boolean,
  seed: number,
): number {
  let hash = seed
  for (let i = 0; i < chars; i++) hash = step(hash, codeAt(bytes, start, i, isWide))
  return mixed(hash ^ chars)
}

/** Whether a text stands there. */
export function isTextAt(
  text: string,
  bytes: Uint8Array,
  start: number,
  chars: number,
  isWide: boolean,
): boolean {
  if (text.length !== chars) return false
  for (let i = 0; i < chars; i++) {
    if (text.charCodeAt(i) !== codeAt(bytes, start, i, isWide)) return false
  }
  return true
}

function codeAt(bytes: Uint8Array, start: number, i: number, isWide: boolean): number {
  if (!isWide) return bytes[start + i] ?? 0
  const at = start + 2 * i
  return (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
}

/** The seed goes through each multiplication, where FNV's linear start would let collisions hold for all seeds. */
function step(hash: number, code: number): number {
  const mixed = Math.imul(hash ^ code, 0x9e3779b1)
  return mixed ^ (mixed >>> 15)
}

function mixed(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
