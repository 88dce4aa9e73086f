import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { HEARING_POLICIES, type HearingPolicy, hearsRecording, type Principal, ROLES, type Role } from './role.ts'

const ANA = { id: 'agent-ana', name: 'Ana' }
const user = (role: Role, agentId: string | null = null, queueIds: string[] = ['sales']): Principal => ({
  ...{ kind: 'user', workspaceId: 'w', userId: 'u', name: 'U', email: 'u@example.com' },
  ...{ role, agentId, queueIds },
})
const key = (...permissions: ('calls:read' | 'recordings:read')[]): Principal => ({
  ...{ kind: 'key', workspaceId: 'w', keyId: 'k', name: 'K', operator: false },
  permissions,
})
const CALL = { queue: { id: 'sales', name: 'Sales' }, agent: ANA, conversation: null }
type Given = Partial<Parameters<typeof hearsRecording>[1]>
const hears = (who: Principal, policy: HearingPolicy, given: Given = {}) =>
  hearsRecording(who, { kind: 'call', call: CALL, teams: { agent: 'north', own: null }, ...given }, policy)

describe('who hears a recording', () => {
  const people = {
    admin: user('admin'),
    supervisor: user('supervisor'),
    ana: user('agent', ANA.id),
    colleague: user('agent', 'agent-ben'),
    stranger: user('agent', 'agent-cem', ['hr']),
    key: key('calls:read', 'recordings:read'),
  }
  test.each<[HearingPolicy, (keyof typeof people)[]]>([
    ['everybody', ['admin', 'supervisor', 'ana', 'colleague', 'key']],
    ['own-agent', ['admin', 'supervisor', 'ana', 'key']],
    ['team-leaders', ['admin', 'key']],
  ])('%s: %j', (policy, expected) => {
    const hearing = Object.entries(people).flatMap(([name, who]) => (hears(who, policy) ? [name] : []))
    expect(hearing).toEqual(expected)
  })

  test('a team’s is heard by who leads that team', () => {
    const lead = (own: string | null, agent: string | null) =>
      hears(user('supervisor', 'agent-sue'), 'team-leaders', { teams: { agent, own } })
    expect([lead('north', 'north'), lead('south', 'north'), lead(null, 'north')]).toEqual([true, false, false])
    // Whose team nobody has named.
    expect([lead('south', null), lead(null, null)]).toEqual([true, true])
  })

  test('who is in the team without leading it does not', () => {
    expect(hears(people.colleague, 'team-leaders', { teams: { agent: 'north', own: 'north' } })).toBe(false)
  })

  test.each(HEARING_POLICIES)('a message is heard by whoever sees it (%s)', policy => {
    const message: Given = { kind: 'voicemail', call: { ...CALL, agent: null } }
    expect(hears(people.colleague, policy, message)).toBe(true)
    expect(hears(people.stranger, policy, message)).toBe(false)
  })

  test('a key needs the one permission for it', () => {
    for (const policy of HEARING_POLICIES) {
      expect(hears(key('calls:read'), policy)).toBe(false)
      expect(hears(key('recordings:read'), policy)).toBe(true)
    }
  })

  test('nobody hears more under a stricter policy, nor what they do not see', () => {
    const team = fc.constantFrom(null, 'north', 'south')
    const agentId = fc.constantFrom(null, ANA.id, 'agent-ben')
    fc.assert(
      fc.property(
        fc.constantFrom(...ROLES),
        agentId,
        fc.subarray(['sales', 'hr']),
        team,
        team,
        (role, id, queues, a, b) => {
          const who = user(role, id, queues)
          const given = { teams: { agent: a, own: b } }
          const all = hears(who, 'everybody', given)
          for (const policy of HEARING_POLICIES) if (hears(who, policy, given)) expect(all).toBe(true)
          if (role === 'agent' && id !== ANA.id && !queues.includes('sales')) expect(all).toBe(false)
        },
      ),
    )
  })
})
