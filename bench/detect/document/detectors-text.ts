import { DETECTORS } from '../../../src/detect/detectors.ts'

/** Every detector as the page tells of it: made of what the detector itself says. */
export function detectorsText(): string {
  return DETECTORS.map(({ id, title, class: kind, threats, isSpoofable, score, evasion, thresholds }) => {
    const rows = Object.entries(thresholds).map(
      ([name, { default: usual, min, max, unit, meaning }]) =>
        `| \`${name}\` | ${usual} | ${min} to ${max} | ${escaped(unit)} | ${escaped(meaning)} |`,
    )
    const table =
      rows.length === 0
        ? []
        : [
            '',
            '| threshold | default | range | unit | meaning |',
            '| --- | ---: | --- | --- | --- |',
            ...rows,
          ]
    const links = threats.map(threat => `[${threat}](threats.md#${threat})`).join(', ')
    return [
      `### ${id}`,
      '',
      `${title}. Class *${kind}*, adds ${score} to an incident${isSpoofable ? '; its evidence can be forged over UDP' : ''}.`,
      `Threats: ${links}.`,
      ...table,
      '',
      `*Evasion.* ${escaped(evasion)}`,
    ].join('\n')
  }).join('\n\n')
}

function escaped(text: string): string {
  return text.replaceAll('|', '\\|')
}
