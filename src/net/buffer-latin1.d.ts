/** Methods that Node's buffers have, and its types do not name: the way to latin-1 without a look at the encoding's name. */
interface Buffer {
  latin1Slice(start: number, end: number): string
  /** @returns octets written */
  latin1Write(text: string, offset: number, length: number): number
}
