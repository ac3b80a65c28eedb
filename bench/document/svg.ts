/** Colours by meaning; dark ones where the reader's system is dark. */
const STYLE = `
svg { --surface: #fcfcfb; --ink: #1b1b1a; --muted: #5f5e5a; --grid: #e2e0da; --s0: #2a78d6; --s1: #d9622b; --s2: #1d9a72; --s3: #8a8880 }
@media (prefers-color-scheme: dark) {
  svg { --surface: #1a1a19; --ink: #f4f3ef; --muted: #b3b1aa; --grid: #383733; --s0: #4a92ea; --s1: #e67a45; --s2: #2fb389; --s3: #8f8d86 }
}
text { font: 12px system-ui, sans-serif; fill: var(--ink) }
.title { font-size: 14px; font-weight: 600 }
.muted { fill: var(--muted) }
.end { text-anchor: end }
.middle { text-anchor: middle }
.grid { stroke: var(--grid); stroke-width: 1 }
.limit { stroke: var(--muted); stroke-width: 1; stroke-dasharray: 4 3 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
`

/** How many colours there are. */
export const COLOURS = 4

/** A picture as a file of its own, readable on light and dark. */
export function picture(width: number, height: number, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<rect width="${width}" height="${height}" fill="var(--surface)"/>
${parts.join('\n')}
</svg>
`
}

/** A text; `class` names from the style above. */
export function label(x: number, y: number, text: string, names = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${names === '' ? '' : ` class="${names}"`}>${escaped(text)}</text>`
}

export function line(x1: number, y1: number, x2: number, y2: number, name: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" class="${name}"/>`
}

export function bar(x: number, y: number, width: number, height: number, colour: number): string {
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(height)}" rx="2" fill="var(--s${colour})"/>`
}

export function dot(x: number, y: number, colour: number): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="3.5" fill="var(--s${colour})"/>`
}

export function curve(points: readonly (readonly [number, number])[], colour: number): string {
  const path = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')
  return `<polyline points="${path}" class="line" stroke="var(--s${colour})"/>`
}

/** Names of the colours, beside one another. */
export function legend(x: number, y: number, names: readonly string[]): string {
  let at = x
  return names
    .map((name, colour) => {
      const mark = `${bar(at, y - 9, 10, 10, colour)}${label(at + 15, y, name)}`
      at += 35 + name.length * 7
      return mark
    })
    .join('\n')
}

/**
 * Round values from 0 to at least `max`.
 * @returns four to nine values, the last of them at or above `max`
 */
export function ticks(max: number): readonly number[] {
  if (!(max > 0)) return [0, 1]
  const power = 10 ** Math.floor(Math.log10(max))
  const step = [0.1, 0.2, 0.5, 1, 2].map(each => each * power).find(each => max / each <= 8) ?? power
  const count = Math.ceil(max / step - 1e-9)
  return Array.from({ length: count + 1 }, (_, at) => Number((at * step).toPrecision(6)))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function round(value: number): number {
  return Number(value.toFixed(1))
}
