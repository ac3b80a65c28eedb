import { header, isNamed, type WeakMessage } from './message.ts'

/** Texts come to phones in one part, the first: whatever else was in them, a signature too, is dropped. */
export function firstPartOf(message: WeakMessage): WeakMessage {
  const type = header(message, 'Content-Type')
  if (!message.start.startsWith('MESSAGE ') || !type.startsWith('multipart/')) return message
  const boundary = type.split('boundary=')[1]?.replaceAll('"', '').split(';')[0] ?? ''
  const part = message.body.split(`--${boundary}`)[1]?.replace(/^\r\n/, '') ?? ''
  const cut = part.indexOf('\r\n\r\n')
  const body = part.slice(cut + 4).replace(/\r\n$/, '')
  const own = part.slice(0, cut).split('\r\n')
  const lines = message.lines.filter(
    line => !isNamed(line, 'Content-Type') && !isNamed(line, 'Content-Length'),
  )
  const kept = own.filter(line => isNamed(line, 'Content-Type'))
  return { ...message, lines: [...lines, ...kept, `Content-Length: ${body.length}`], body }
}
