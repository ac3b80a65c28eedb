import type { Part } from '../run-micro.ts'
import { markdownTable } from './regions.ts'
import type { Section } from './section.ts'

/** What single parts cost, as they print it, and the functions that took the time. */
export function microSection(parts: readonly Part[]): Section {
  const texts = parts.map(({ program, printed, functions }) =>
    [
      `\`${program}\``,
      `\`\`\`text\n${printed}\n\`\`\``,
      '<details><summary>Its functions by the time that they take themselves</summary>',
      markdownTable(
        ['function', '%'],
        functions.map(({ name, share }) => [`\`${name}\``, (share * 100).toFixed(1)]),
      ),
      '</details>',
    ].join('\n\n'),
  )
  return { text: texts.join('\n\n'), pictures: {} }
}
