import type { PhoneText } from './words.ts'

const minutes = (seconds: number) => {
  const whole = Math.ceil(seconds / 60)
  return seconds < 60 ? 'menos de un minuto' : whole === 1 ? 'aproximadamente 1 minuto' : `unos ${whole} minutos`
}

export const phoneTextEs: PhoneText = {
  title: 'Teléfono',
  unnamed: 'Llámenos',
  call: 'Llamar',
  callAgain: 'Llamar otra vez',
  hangUp: 'Colgar',
  mute: 'Silenciar',
  keypad: 'Teclado',
  typed: 'Teclas pulsadas',
  callMeBack: 'Que me llamen',
  free: 'Hable con nosotros aquí mismo, por internet. Necesita un micrófono.',

  details: 'Sus datos (opcional)',
  name: 'Su nombre',
  number: 'Su número',
  numberHint: 'Por si debemos devolverle la llamada.',
  to: 'Número al que llamar',
  microphone: 'Micrófono',
  speaker: 'Altavoz',
  systemDevice: 'El del sistema',
  checkConnection: 'Comprobar la conexión',
  connectivity: {
    trying: 'Un momento…',
    udp: 'Una llamada llegaría bien.',
    'socket-only': 'Una llamada llegaría con algo de retraso: su red no deja pasar el sonido directo.',
    'no-audio': 'Su red no deja pasar el sonido. Pruebe con otra, por ejemplo la de su teléfono móvil.',
    'no-server': 'Ahora mismo no podemos conectar. Inténtelo de nuevo en un momento.',
  },

  asking: 'Permita el micrófono cuando su navegador lo pregunte.',
  dialling: 'Llamando…',
  returning: 'Recuperando su llamada…',
  connecting: 'Conectando el sonido…',
  menu: 'Escuche y pulse una tecla.',
  waiting: (position, seconds) => {
    const place =
      position === null
        ? 'Está en espera'
        : position === 1
          ? 'Es la siguiente persona en la fila'
          : `Es el número ${position} en la fila`
    return seconds === null ? `${place}.` : `${place}, ${minutes(seconds)}.`
  },
  ringing: agent => (agent === null ? 'Estamos avisando a un colega…' : `Estamos avisando a ${agent}…`),
  talking: agent => (agent === null ? 'Está en comunicación' : `En comunicación con ${agent}`),
  held: agent => (agent === null ? 'Su llamada está retenida.' : `${agent} ha retenido su llamada.`),
  message: 'Deje su mensaje después del tono. Pulse cualquier tecla cuando termine.',
  incoming: from => `Le llama ${from}`,
  answer: 'Contestar',
  decline: 'Rechazar',
  keepOpen: 'Deje esta página abierta: le llamaremos aquí.',
  inQueue: queue => `Para ${queue}`,

  ended: 'La llamada ha terminado.',
  outcomes: {
    voicemail: 'Gracias. Hemos recibido su mensaje.',
    callback: 'Gracias. Le devolveremos la llamada.',
    rejected: 'Nadie pudo atender la llamada.',
    failed: 'No se pudo hacer la llamada. Inténtelo otra vez.',
  },
  reasons: {
    'hung-up': 'La llamada ha terminado.',
    lost: 'La llamada se ha cortado.',
    declined: 'La llamada no fue atendida.',
    failed: 'No se pudo hacer la llamada. Inténtelo otra vez.',
    elsewhere: 'La llamada sigue en otra ventana.',
  },
  refusals: {
    engine_full: 'Todas las líneas están ocupadas. Inténtelo de nuevo en unos minutos.',
    too_many_calls: 'Ha habido demasiadas llamadas desde aquí. Espere un minuto e inténtelo otra vez.',
    not_connected: 'No se pudo establecer la llamada. Inténtelo otra vez.',
    failed: 'No se pudo establecer la llamada. Inténtelo otra vez.',
  },

  muted: 'Está en silencio: nadie le oye.',
  silent: 'No llega nada de su micrófono. ¿Está apagado?',
  silenced: 'Su navegador aún no reproduce sonido. Pulse cualquier tecla o toque aquí.',
  reconnecting: 'El sonido se ha interrumpido. Volverá en un momento…',
  offline: 'Este dispositivo no tiene red. La llamada seguirá en cuanto vuelva.',
  noServer: 'Ahora mismo no podemos conectar. Intentándolo otra vez…',
  overSocket: 'Su red no deja pasar el sonido directo, así que da un rodeo. Puede llegar con algo de retraso.',
  qualities: { good: 'Buena conexión', fair: 'Conexión regular', poor: 'Mala conexión' },
  poorHint: 'La conexión es débil. Acérquese a su router o cierre lo que también use la red.',

  microphoneTroubles: {
    refused: {
      title: 'Su navegador no nos deja oírle',
      remedy: 'Pulse el símbolo junto a la dirección, permita el micrófono para esta página y llame otra vez.',
    },
    'none-found': {
      title: 'No hay micrófono',
      remedy: 'Conecte un micrófono o unos auriculares y llame otra vez.',
    },
    'in-use': {
      title: 'El micrófono no responde',
      remedy: 'Quizá lo usa otro programa. Ciérrelo y llame otra vez.',
    },
    'insecure-context': {
      title: 'Esta página no puede usar su micrófono',
      remedy:
        'Los navegadores solo lo permiten en direcciones que empiezan por https. Avise a quien gestiona la página.',
    },
    unsupported: {
      title: 'Este navegador no puede hacer llamadas',
      remedy: 'Use una versión actual de Chrome, Edge, Firefox o Safari.',
    },
  },
}
