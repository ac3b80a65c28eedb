/** A page of an administration, as a browser gets it. */
export interface Page {
  readonly url: string
  readonly status: number
  /** A browser would run scripts in it. */
  readonly isMarkup: boolean
  readonly text: string
}

const MAX_PAGES = 8
const MAX_OCTETS = 4 << 20

/** Where such pages are, besides what the first one leads to. */
const USUAL = ['/', '/log', '/logs', '/calls', '/findings', '/registrations']

/** The pages that there are, from the first one on, links followed within the same host. @param start URL of the first */
export async function pagesOf(start: string, withinMs: number): Promise<readonly Page[]> {
  const left = USUAL.map(path => new URL(path, start).href)
  const seen = new Set<string>()
  const pages: Page[] = []
  for (let url = left.shift(); url !== undefined && pages.length < MAX_PAGES; url = left.shift()) {
    if (seen.has(url)) continue
    seen.add(url)
    const page = await fetchPage(url, withinMs)
    if (page === undefined) continue
    pages.push(page)
    left.push(...linksOf(page, start))
  }
  return pages
}

async function fetchPage(url: string, withinMs: number): Promise<Page | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(withinMs), redirect: 'manual' })
    const type = response.headers.get('content-type') ?? 'text/html'
    const text: string[] = []
    let octets = 0
    const decoder = new TextDecoder()
    for await (const chunk of response.body ?? []) {
      octets += chunk.length
      text.push(decoder.decode(chunk, { stream: true }))
      if (octets > MAX_OCTETS) break
    }
    return { url, status: response.status, isMarkup: /^text\/html|xml/i.test(type), text: text.join('') }
  } catch {
    return undefined
  }
}

function linksOf({ text }: Page, start: string): readonly string[] {
  const { origin } = new URL(start)
  return [...text.matchAll(/href="([^"<>]{1,200})"/g)].flatMap(([, href = '']) => {
    if (!URL.canParse(href, start)) return []
    const url = new URL(href, start)
    return url.origin === origin ? [url.href] : []
  })
}
