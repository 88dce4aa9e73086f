/** What the server answers to somebody who has not shown for a while who they are. */
export const SIGN_IN_AGAIN = 'sign_in_again'

type Ask = () => Promise<boolean>
let ask: Ask | null = null

/** Whoever is on the page and can ask a person who they are. */
export function asksWhoItIs(asking: Ask): () => void {
  ask = asking
  return () => {
    if (ask === asking) ask = null
  }
}

/** Whether the person has just shown who they are; false when they would rather not, or nobody is there to ask. */
export const showsWhoItIs = (): Promise<boolean> => ask?.() ?? Promise.resolve(false)
