/** Enters the two people of this example as participants. `RINGSIDE_URL`: where Ringside is. */
const { RINGSIDE_URL = 'http://localhost:5000', ADMIN_API_KEY } = process.env
if (!ADMIN_API_KEY) throw new Error('Set ADMIN_API_KEY to the one that Ringside was started with.')

const PEOPLE = [
  { supabaseUserId: 'ana', type: 'CRM_USER', firstName: 'Ana', lastName: 'Agent', role: 'SUPPORT' },
  { supabaseUserId: 'carla', type: 'PORTAL_CUSTOMER', firstName: 'Carla', lastName: 'Customer' },
]

for (const person of PEOPLE) {
  const response = await fetch(`${RINGSIDE_URL}/api/voip/participants`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': ADMIN_API_KEY },
    body: JSON.stringify({ ...person, email: `${person.supabaseUserId}@example.com` }),
  })
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`)
  console.log(`${person.firstName} takes part.`)
}
