/** Octets in place: a message as text, one character an octet, with one thing about it changed. */

/** Another first line. */
export function startLine(text: string, change: (line: string) => string): string {
  const end = text.indexOf('\r\n')
  return change(text.slice(0, end)) + text.slice(end)
}

/** Every field of that name gets another value. */
export function field(text: string, name: string, change: (value: string) => string): string {
  return lines(text, name, line => {
    const colon = line.indexOf(':')
    return [`${line.slice(0, colon)}: ${change(line.slice(colon + 1).trim())}`]
  })
}

/** Every field of that name is gone. */
export function without(text: string, name: string): string {
  return lines(text, name, () => [])
}

/** A line of its own behind the first line: where readers look first. */
export function plus(text: string, line: string): string {
  const end = text.indexOf('\r\n') + 2
  return `${text.slice(0, end)}${line}\r\n${text.slice(end)}`
}

/** The line stands behind all the others, where readers look last. */
export function plusLast(text: string, line: string): string {
  const end = text.indexOf('\r\n\r\n') + 2
  return `${text.slice(0, end)}${line}\r\n${text.slice(end)}`
}

/** Another body, counted right. */
export function withBody(text: string, body: string, contentType: string): string {
  const head = text.slice(0, text.indexOf('\r\n\r\n') + 4)
  const typed = plusLast(without(head, 'Content-Type'), `Content-Type: ${contentType}`)
  return field(typed, 'Content-Length', () => String(body.length)) + body
}

function lines(text: string, name: string, change: (line: string) => readonly string[]): string {
  const end = text.indexOf('\r\n\r\n')
  const wanted = `${name.toLowerCase()}:`
  const head = text
    .slice(0, end)
    .split('\r\n')
    .flatMap((line, at) => (at > 0 && line.toLowerCase().startsWith(wanted) ? change(line) : [line]))
  return head.join('\r\n') + text.slice(end)
}
