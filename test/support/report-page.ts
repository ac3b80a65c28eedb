import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'

/** Chromium without a screen, as the tests have it. */
export function startChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  })
}

/** A page that is open, and all that went wrong in it. */
export interface OpenPage {
  readonly page: Page
  /** What the console said, exceptions, and requests for anything but the file itself. */
  readonly complaints: readonly string[]
}

/** Opens a report at some width. */
export async function openReport(
  browser: Browser,
  html: string,
  options: { readonly folder: string; readonly width: number; readonly scheme?: 'light' | 'dark' },
): Promise<OpenPage> {
  const { folder, width, scheme = 'light' } = options
  const file = join(folder, 'report.html')
  writeFileSync(file, html)
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme: scheme })
  const page = await context.newPage()
  const complaints: string[] = []
  const url = pathToFileURL(file).href
  page.on('console', message => complaints.push(`console: ${message.text()}`))
  page.on('pageerror', error => complaints.push(`exception: ${error.message}`))
  page.on('dialog', dialog => complaints.push(`dialog: ${dialog.message()}`))
  page.on('request', request => {
    if (request.url() !== url) complaints.push(`request: ${request.url()}`)
  })
  await page.goto(url)
  return { page, complaints }
}
