/** People who leave, and who come back. */
export const leavingEn = {
  takeOff: 'Has left',
  sure: (name: string) => `Has ${name} left?`,
  hint: 'They are signed out at once and cannot sign in. What they have taken up goes on to others; their queues, telephone and e-mail are free. Their calls stay under their name, and you can take them on again.',
  remains: (name: string) => `What goes on without ${name}`,
  keys: 'API keys that they made and may know. Replace or revoke them:',
  flows: 'Flows that lead callers to them, who now go on as if nobody answered:',
  former: 'Who has left',
  since: 'Left',
  takeOn: 'Take on again',
  takeOnWhom: (name: string) => `Take on again: ${name}`,
  /** In lists to filter by. */
  formerAgent: (name: string) => `${name} (former)`,
  anyAgent: 'Any agent',
}
