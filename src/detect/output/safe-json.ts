/**
 * A value as JSON of printable ASCII alone, without `<`, `>`, `&` and `'`: one line whatever a peer wrote, harmless in a
 * terminal and in a page. A reader of JSON gets the text back as it was.
 */
export function safeJson(value: unknown): string {
  const json = JSON.stringify(value)
  let safe = ''
  let from = 0
  for (let i = 0; i < json.length; i += 1) {
    const code = json.charCodeAt(i)
    if (code >= 0x20 && code < 0x7f && !isMarkup(code)) continue
    safe += `${json.slice(from, i)}\\u${code.toString(16).padStart(4, '0')}`
    from = i + 1
  }
  return safe + json.slice(from)
}

/** `<`, `>`, `&`, `'` */
function isMarkup(code: number): boolean {
  return code === 0x3c || code === 0x3e || code === 0x26 || code === 0x27
}
