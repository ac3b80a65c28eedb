import { visible } from './plain.ts'

/** HTML that was made here; text becomes it by `markup` alone, which escapes what it is given. */
export class Markup {
  readonly html: string

  constructor(html: string) {
    this.html = html
  }
}

/** What a template takes: markup as it is, everything else as text. */
type Piece = Markup | string | number | readonly Markup[]

/** A template of HTML. Pieces are escaped for text and for values in quotes. */
export function markup(parts: TemplateStringsArray, ...pieces: readonly Piece[]): Markup {
  return new Markup(parts.reduce((html, part, at) => `${html}${written(pieces[at - 1] ?? '')}${part}`))
}

function written(piece: Piece): string {
  if (piece instanceof Markup) return piece.html
  if (Array.isArray(piece)) return piece.map(each => written(each)).join('')
  return visible(String(piece)).replace(/[&<>"'`]/g, each => `&#${each.charCodeAt(0)};`)
}
