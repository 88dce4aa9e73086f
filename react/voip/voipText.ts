import type { VoipCall } from '../../client/contract.ts'
import type { MicrophoneProblem } from '../../client/voice/devices.ts'

type Ended = Exclude<VoipCall['status'], 'RINGING' | 'IN_PROGRESS'>

/** Every word of the calls between people at their browsers. */
export const voipTextEn = {
  call: (name: string) => `Call ${name}`,
  calling: 'Calling…',
  callAgent: 'Call an agent',
  chooseAgent: 'Who would you like to talk to?',
  loadingAgents: 'Looking who is there…',
  noAgents: 'No agents available just now. Try again in a few minutes.',
  close: 'Close',
  incomingCall: 'Incoming call',
  from: (name: string) => `${name} is calling`,
  accept: 'Accept',
  accepting: 'Connecting…',
  decline: 'Decline',
  callWith: (name: string) => `Call with ${name}`,
  ringing: 'Ringing…',
  connecting: 'Connecting…',
  reconnecting: 'The connection is interrupted. Reconnecting…',
  recording: {
    allow: 'Allow',
    decline: 'Don’t record',
    allowed: 'You allow it: this call is recorded.',
    declined: 'This call is not recorded.',
    otherAsked: (name: string) => `${name} is asked whether this call may be recorded.`,
    otherAllowed: (name: string) => `${name} allows it: this call is recorded.`,
    otherDeclined: (name: string) => `${name} does not want it: this call is not recorded.`,
  },
  mute: 'Mute',
  hangUp: 'Hang up',
  ended: {
    COMPLETED: 'Call ended',
    MISSED: 'No answer',
    DECLINED: 'Declined',
    FAILED: 'The connection could not be made',
  } as Record<Ended, string>,
  silenced: 'Click anywhere to hear the other side.',
  refused: 'This page could not enter the call. It tries again; if that does not help, hang up and call anew.',
  microphone: {
    refused: 'You cannot be heard: allow the microphone for this site in your browser’s settings.',
    'none-found': 'You cannot be heard: there is no microphone. Connect one.',
    'in-use': 'You cannot be heard: another program uses the microphone. Close it.',
    'insecure-context': 'You cannot be heard: browsers allow the microphone on https pages only.',
    unsupported: 'You cannot be heard: this browser cannot use a microphone.',
  } as Record<MicrophoneProblem, string>,
}

export type VoipText = typeof voipTextEn

export const voipTextEs: VoipText = {
  call: name => `Llamar a ${name}`,
  calling: 'Llamando…',
  callAgent: 'Llamar a un agente',
  chooseAgent: '¿Con quién quieres hablar?',
  loadingAgents: 'Buscando quién está disponible…',
  noAgents: 'Ahora no hay agentes disponibles. Inténtalo dentro de unos minutos.',
  close: 'Cerrar',
  incomingCall: 'Llamada entrante',
  from: name => `${name} te llama`,
  accept: 'Aceptar',
  accepting: 'Conectando…',
  decline: 'Rechazar',
  callWith: name => `Llamada con ${name}`,
  ringing: 'Sonando…',
  connecting: 'Conectando…',
  reconnecting: 'La conexión se ha interrumpido. Reconectando…',
  recording: {
    allow: 'Permitir',
    decline: 'No grabar',
    allowed: 'Lo permites: esta llamada se graba.',
    declined: 'Esta llamada no se graba.',
    otherAsked: name => `Se pregunta a ${name} si se puede grabar esta llamada.`,
    otherAllowed: name => `${name} lo permite: esta llamada se graba.`,
    otherDeclined: name => `${name} no lo quiere: esta llamada no se graba.`,
  },
  mute: 'Silenciar',
  hangUp: 'Colgar',
  ended: {
    COMPLETED: 'Llamada terminada',
    MISSED: 'Sin respuesta',
    DECLINED: 'Rechazada',
    FAILED: 'No se pudo establecer la conexión',
  },
  silenced: 'Haz clic en cualquier lugar para oír a la otra persona.',
  refused: 'Esta página no pudo entrar en la llamada. Lo intenta de nuevo; si no sirve, cuelga y vuelve a llamar.',
  microphone: {
    refused: 'No se te oye: permite el micrófono para este sitio en los ajustes del navegador.',
    'none-found': 'No se te oye: no hay micrófono. Conecta uno.',
    'in-use': 'No se te oye: otro programa usa el micrófono. Ciérralo.',
    'insecure-context': 'No se te oye: los navegadores solo permiten el micrófono en páginas https.',
    unsupported: 'No se te oye: este navegador no puede usar un micrófono.',
  },
}
