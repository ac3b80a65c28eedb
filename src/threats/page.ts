import { type Chapter, chapters, threats } from './catalogue.ts'
import type { Defence, Threat } from './threat.ts'

/** The text of `docs/threats.md`, made of the catalogue. */
export function threatsPage(): string {
  const answered = threats.filter(threat => threat.status === 'answered').length
  return `${[
    '<!-- Generated from src/threats by bin/write-threats.mjs: change it there. -->',
    '# Threats',
    '',
    'Every threat and weakness that the review *SIP Security Mechanisms: A state-of-the-art review* (Geneiatakis,',
    'Kambourakis, Dagiuklas, Lambrinoudakis, Gritzalis) names, in its order: what it does, what answers it here, and',
    'which tests show that. What no released part answers yet is *open*, with the work that will.',
    '',
    `${threats.length} threats: ${answered} answered, ${threats.length - answered} open.`,
    '',
    ...chapters.flatMap(overview),
    ...chapters.flatMap(chapter => chapter.threats.flatMap(section)),
  ].join('\n')}`
}

function overview(chapter: Chapter): readonly string[] {
  return [
    `## ${chapter.title}`,
    '',
    '| threat | impact | |',
    '|---|---|---|',
    ...chapter.threats.map(
      threat => `| [${threat.title}](#${threat.id}) | ${threat.impact} | ${standing(threat)} |`,
    ),
    '',
  ]
}

function standing(threat: Threat): string {
  return threat.status === 'answered' ? 'answered' : `open: ${threat.awaits}`
}

function section(threat: Threat): readonly string[] {
  const tests = threat.status === 'answered' ? threat.tests : []
  return [
    `### ${threat.id}`,
    '',
    `**${threat.title}.** ${threat.clause}.`,
    '',
    `- Impact: ${threat.impact}.`,
    `- Remedy: ${threat.remedy}`,
    `- Status: ${standing(threat)}.`,
    ...defences(threat),
    ...(tests.length === 0 ? [] : ['- Tests:', ...tests.map(title => `  - ${title}`)]),
    '',
  ]
}

function defences(threat: Threat): readonly string[] {
  const all = threat.defences ?? []
  if (all.length === 0) return []
  const label = threat.status === 'answered' ? 'Defences' : 'In part'
  return [`- ${label}: ${all.map(printDefence).join(', ')}.`]
}

function printDefence(defence: Defence): string {
  const colon = defence.indexOf(':')
  const name = defence.slice(colon + 1)
  return defence.startsWith('stage:') ? `stage \`${name}\`` : `\`src/${name}\``
}
