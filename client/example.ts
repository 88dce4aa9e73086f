/** The body of `POST /api/webhooks/call/incoming` for a call that has just begun to ring: for trying things out. */
export const exampleCall = (id: string) => ({
  CallSid: id,
  From: '+12025550143',
  To: '+12025550100',
  CallStatus: 'ringing',
  Direction: 'inbound',
})
