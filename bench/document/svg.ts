/** Surface, ink, muted ink, lines of the grid, and the series; once for light and once for dark. */
const LIGHT = ['#fcfcfb', '#1b1b1a', '#5f5e5a', '#e2e0da', '#2a78d6', '#d9622b', '#1d9a72', '#8a8880']
const DARK = ['#1a1a19', '#f4f3ef', '#b3b1aa', '#383733', '#4a92ea', '#e67a45', '#2fb389', '#8f8d86']

/** Plain classes, without variables: programs that show pictures know few of the newer rules. */
function rules([surface, ink, muted, grid, ...series]: readonly string[]): string {
  const byColour = series.map((colour, at) => `.f${at} { fill: ${colour} } .s${at} { stroke: ${colour} }`)
  return [
    `.surface { fill: ${surface} } text { fill: ${ink} } .muted { fill: ${muted} }`,
    `.grid { stroke: ${grid} } .limit { stroke: ${muted} }`,
    ...byColour,
  ].join('\n')
}

const STYLE = `
text { font: 12px system-ui, sans-serif }
.title { font-size: 14px; font-weight: 600 }
.end { text-anchor: end }
.middle { text-anchor: middle }
.limit { stroke-dasharray: 4 3 }
.line { fill: none; stroke-width: 2; stroke-linejoin: round }
${rules(LIGHT)}
@media (prefers-color-scheme: dark) {
${rules(DARK)}
}
`

/** A picture as a file of its own, readable on light and dark. */
export function picture(width: number, height: number, title: string, parts: readonly string[]): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${escaped(title)}</title>
<style>${STYLE}</style>
<rect width="${width}" height="${height}" class="surface"/>
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
  return `<rect x="${round(x)}" y="${round(y)}" width="${round(Math.max(0, width))}" height="${round(height)}" rx="2" class="f${colour}"/>`
}

export function dot(x: number, y: number, colour: number): string {
  return `<circle cx="${round(x)}" cy="${round(y)}" r="3.5" class="f${colour}"/>`
}

export function curve(points: readonly (readonly [number, number])[], colour: number): string {
  const path = points.map(([x, y]) => `${round(x)},${round(y)}`).join(' ')
  return `<polyline points="${path}" class="line s${colour}"/>`
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
