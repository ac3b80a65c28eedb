import { OverBudget } from './budget.ts'
import { freshTrial, type Ground } from './ground.ts'
import { type Trial, Unable } from './trial.ts'

/** Messages to look at the bindings of one account, and to remove what an attack left there. */
const MESSAGES_PER_ACCOUNT = 60

/** Contacts that may be left at one account; an attack that fills the table gets the rest ended by its time. */
const MAX_REMOVED = 20

/** Contacts of each account of the tester, as the registrar says; an account that it says nothing of is left out. */
export type Bindings = ReadonlyMap<string, readonly string[]>

/** What stands at the registrar now. */
export async function bindingsNow(ground: Ground): Promise<Bindings> {
  const found = new Map<string, readonly string[]>()
  await withAccounts(ground, async (trial, index) => {
    const agent = await trial.user(index)
    const contacts = await agent.bindings()
    if (contacts !== undefined) found.set(agent.aor, contacts)
  })
  return found
}

/**
 * Removes what did not stand there before.
 * @param first that many accounts only
 * @returns how many contacts were removed
 */
export async function removeOthers(ground: Ground, before: Bindings, first?: number): Promise<number> {
  let removed = 0
  await withAccounts(
    ground,
    async (trial, index) => {
      const agent = await trial.user(index)
      const kept = before.get(agent.aor)
      if (kept === undefined) return
      const others = (await agent.bindings())?.filter(contact => !kept.includes(contact)) ?? []
      for (const contact of others.slice(0, MAX_REMOVED)) {
        if ((await agent.register(0, contact)).status === 200) removed++
      }
    },
    first,
  )
  return removed
}

async function withAccounts(
  ground: Ground,
  act: (trial: Trial, index: number) => Promise<void>,
  first = Number.POSITIVE_INFINITY,
): Promise<void> {
  const accounts = ground.target.accounts.slice(0, first)
  await Promise.all(accounts.map((_account, index) => withAccount(ground, index, act)))
}

async function withAccount(
  ground: Ground,
  index: number,
  act: (trial: Trial, index: number) => Promise<void>,
): Promise<void> {
  const { trial } = freshTrial(ground, MESSAGES_PER_ACCOUNT)
  try {
    await act(trial, index)
  } catch (error) {
    if (!(error instanceof Unable || error instanceof OverBudget)) throw error
  } finally {
    await trial.clean()
  }
}
