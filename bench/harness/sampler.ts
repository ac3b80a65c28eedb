/**
 * Reads the metrics of a server again and again, one JSON line each; a program of its own, as it has to be in the
 * server's network namespace.
 * `node bench/harness/sampler.ts URL SECONDS`
 */
const [url = '', seconds = '5'] = process.argv.slice(2)

for (;;) {
  await new Promise(resolve => setTimeout(resolve, Number(seconds) * 1000))
  const response = await fetch(url)
  console.log(JSON.stringify({ atMs: Date.now(), values: valuesOf(await response.text()) }))
}

/** Every line of a metric, by its name and labels. */
function valuesOf(text: string): Record<string, number> {
  const values: Record<string, number> = {}
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf(' ')
    if (at > 0 && !line.startsWith('#')) values[line.slice(0, at)] = Number(line.slice(at + 1))
  }
  return values
}
