import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseVia, type Via } from '../headers/via.ts'
import {
  isLeftOut,
  OFFER,
  offersLoss,
  printFeedback,
  readFeedback,
  withoutOverloadControl,
} from './overload-control.ts'

const BASE = 'SIP/2.0/TLS p1.example.net;branch=z9hG4bK2d4790.1'

function viaOf(params: string): Via {
  const via = parseVia(BASE + params)
  assert.ok(via.ok)
  return via.value
}

describe('overload control in the top Via', () => {
  test('RFC 7339 §4.2: loss is offered among other schemes, or alone, and nothing less is an offer', () => {
    assert.equal(offersLoss(viaOf(OFFER)), true)
    assert.equal(offersLoss(viaOf(';oc;oc-algo="loss,A"')), true)
    assert.equal(offersLoss(viaOf(';oc;oc-algo="A, Loss"')), true)
    for (const other of ['', ';oc', ';oc-algo="loss"', ';oc;oc-algo="rate"', ';oc=20;oc-algo="loss"'])
      assert.equal(offersLoss(viaOf(other)), false, other)
  })

  test('RFC 7339 §5.6: what is for one hop does not go on to the next', () => {
    const text = `${BASE};oc;oc-algo="loss,A";received=192.0.2.7;oc-validity=5;OC-Seq=1.1;rport=5060`
    assert.equal(withoutOverloadControl(text), `${BASE};received=192.0.2.7;rport=5060`)
    assert.equal(withoutOverloadControl('SIP/2.0/UDP a'), 'SIP/2.0/UDP a')
  })

  test('what we ask for is read again as it was written', () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(10_000), fc.nat(2 ** 45), (lossPercent, validityMs, sequence) => {
        const read = readFeedback(viaOf(printFeedback({ lossPercent, validityMs, sequence })))
        assert.equal(read?.lossPercent, lossPercent)
        assert.equal(read?.validityMs, validityMs)
        assert.ok(Math.abs((read?.sequence ?? 0) - sequence / 1000) < 0.001)
      }),
    )
  })

  test('RFC 7339 §4.3: without a validity it holds for half a second, and never longer than ten', () => {
    assert.equal(readFeedback(viaOf(';oc=20;oc-algo="loss";oc-seq=1282321615.782'))?.validityMs, 500)
    const long = readFeedback(viaOf(';oc=20;oc-algo="loss";oc-seq=1.1;oc-validity=999999999'))
    assert.equal(long?.validityMs, 10_000)
  })

  test('what is no feedback, or of a scheme that we do not do, is none', () => {
    for (const params of [
      OFFER,
      ';oc=20',
      ';oc=20;oc-algo="rate";oc-seq=1.1',
      ';oc=-5;oc-algo="loss";oc-seq=1.1',
      ';oc=20;oc-algo="loss"',
      ';oc=20;oc-algo="loss";oc-seq=x',
      ';oc=20;oc-algo="loss";oc-seq=1.1;oc-validity=soon',
    ])
      assert.equal(readFeedback(viaOf(params)), undefined, params)
  })

  test('RFC 7339 §7.2: of all requests as many are left out as were asked for, calls that are up last', () => {
    for (const lossPercent of [0, 10, 40, 80, 90, 100]) {
      let left = 0
      // 80 of 100 may be left out.
      for (let n = 0; n < 10_000; n += 1)
        if (isLeftOut(lossPercent, n % 5 === 0, (n + 0.5) / 10_000)) left += 1
      assert.ok(Math.abs(left / 100 - lossPercent) < 1, `${lossPercent}: ${left}`)
    }
    for (const draw of [0, 0.5, 0.99]) assert.equal(isLeftOut(80, true, draw), false)
  })
})
