import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { reportHtml } from '../../src/audit/report/html.ts'
import { sampleReport } from '../support/audit-report.ts'
import { missing } from '../support/programs.ts'
import { openReport, startChromium } from '../support/report-page.ts'

describe('the report as a page in a browser', { skip: missing('chromium') }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'aspis-page-'))
  const html = reportHtml(sampleReport())
  let browser: Browser
  before(async () => {
    browser = await startChromium()
  })
  after(async () => {
    await browser?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  /** Attacks that are shown. */
  const shown = (page: Page): Promise<unknown> =>
    page.evaluate(
      "[...document.querySelectorAll('.attack')].filter(each => each.checkVisibility()).map(each => each.id)",
    )
  const ofFocus = (page: Page, what: string): Promise<unknown> =>
    page.evaluate(`document.activeElement.${what}`)

  test('nothing complains and nothing is asked for, whatever the target said, on a phone and on a screen', async () => {
    for (const width of [360, 1280]) {
      for (const scheme of ['light', 'dark'] as const) {
        const { page, complaints } = await openReport(browser, html, { folder, width, scheme })
        await page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert.deepEqual(complaints, [])
        assert.equal(
          await page.evaluate("document.querySelectorAll('script, img, iframe, link, object').length"),
          0,
        )
        await page.context().close()
      }
    }
  })

  test('nothing is wider than the page, unfolded too', async () => {
    for (const width of [360, 1280]) {
      const { page } = await openReport(browser, html, { folder, width })
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
      await page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), width)
      await page.context().close()
    }
  })

  test('by keyboard alone: verdicts are picked, an attack and a message unfolded, what is hidden is passed over', async () => {
    const { page, complaints } = await openReport(browser, html, { folder, width: 360 })
    const press = (...keys: readonly string[]): Promise<void> =>
      keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve())
    await press('Tab')
    assert.equal(await ofFocus(page, 'textContent'), 'To the attacks')
    await press('Enter', 'Tab')
    assert.equal(await ofFocus(page, 'id'), 'pick-all')
    assert.deepEqual(await shown(page), ['forged-bye', 'forged-cancel', 'stray-ack', 'radius-lie'])
    await press('ArrowRight', 'ArrowRight')
    assert.equal(await ofFocus(page, 'id'), 'pick-inconclusive')
    assert.deepEqual(await shown(page), ['forged-cancel'])
    await press('ArrowLeft')
    assert.deepEqual(await shown(page), ['forged-bye'])
    await press('Tab')
    assert.equal(await ofFocus(page, 'parentElement.id'), 'forged-bye')
    await press('Enter', 'Tab')
    assert.equal(await ofFocus(page, 'localName'), 'summary')
    await press('Enter')
    assert.equal(await page.evaluate("document.querySelectorAll('.ladder details[open]').length"), 1)
    assert.equal(
      await page.evaluate("document.querySelector('.ladder details[open] pre').checkVisibility()"),
      true,
    )
    await press('Tab', 'Tab', 'Tab', 'Tab')
    assert.notEqual(await ofFocus(page, 'parentElement.id'), 'forged-cancel')
    assert.deepEqual(complaints, [])
    await page.context().close()
  })

  test('the ladder draws an arrow from who sends to who receives, the target beside the first', async () => {
    const { page } = await openReport(browser, html, { folder, width: 1280 })
    await page.evaluate("document.querySelector('#forged-bye').open = true")
    const read =
      "[...document.querySelectorAll('#forged-bye .NAME')].map(each => [each.textContent, Math.round(each.getBoundingClientRect().left), Math.round(each.getBoundingClientRect().right)])"
    const names = await page.evaluate(read.replace('.NAME', '.names span'))
    assert.ok(Array.isArray(names))
    assert.deepEqual(
      names.map(([name]) => name),
      ['alice', 'target', 'bob', 'attacker'],
    )
    const middle = names.map(([, left, right]) => Math.round((left + right) / 2))
    const arrows = await page.evaluate(read.replace('.NAME', '.arrow'))
    assert.ok(Array.isArray(arrows))
    const near = (a: number, b: number): boolean => Math.abs(a - b) <= 2
    const [invite, ringing, forged] = arrows
    assert.ok(near(invite[1], middle[0] ?? 0) && near(invite[2], middle[1] ?? 0), 'alice to target')
    assert.ok(near(ringing[1], middle[1] ?? 0) && near(ringing[2], middle[2] ?? 0), 'target to bob')
    assert.ok(near(forged[1], middle[1] ?? 0) && near(forged[2], middle[3] ?? 0), 'attacker to target')
    const turned = "[...document.querySelectorAll('#forged-bye .arrow')].map(each => each.classList[1])"
    assert.deepEqual(await page.evaluate(turned), ['right', 'right', 'left', 'right'])
    await page.context().close()
  })
})
