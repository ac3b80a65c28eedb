/** Messages of a stream that grow no further than this are waited for; what is longer is given as it is. */
const MAX_MESSAGE = 1 << 20

/** Cuts a stream into messages by Content-Length (RFC 3261 §18.3). */
export class StreamMessages {
  #buffered = ''

  /** The messages that are whole now. Line ends between messages are keep-alives (RFC 5626 §4.4.1). */
  take(text: string): string[] {
    this.#buffered += text
    const whole: string[] = []
    for (;;) {
      const start = firstOther(this.#buffered)
      if (start > 0) this.#buffered = this.#buffered.slice(start)
      const head = this.#buffered.indexOf('\r\n\r\n')
      if (head < 0) break
      const length = contentLength(this.#buffered.slice(0, head))
      if (this.#buffered.length < head + 4 + length) break
      whole.push(this.#buffered.slice(0, head + 4 + length))
      this.#buffered = this.#buffered.slice(head + 4 + length)
    }
    if (this.#buffered.length <= MAX_MESSAGE) return whole
    whole.push(this.#buffered)
    this.#buffered = ''
    return whole
  }
}

function firstOther(text: string): number {
  let at = 0
  while (text[at] === '\r' || text[at] === '\n') at++
  return at
}

function contentLength(head: string): number {
  const found = /^(?:content-length|l)[ \t]*:[ \t]*(\d{1,7})/im.exec(head)
  return Number(found?.[1] ?? 0)
}
