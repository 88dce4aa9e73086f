import type { MicrophoneProblem } from '../../client/voice/devices.ts'

const minutes = (seconds: number) => {
  const whole = Math.ceil(seconds / 60)
  return seconds < 60 ? 'less than a minute' : whole === 1 ? 'about 1 minute' : `about ${whole} minutes`
}

/** Every word of the customers' phone page. Other languages are typed by this one. */
export const phoneTextEn = {
  title: 'Phone',
  /** Of a workspace whose name is not known (yet). */
  unnamed: 'Call us',
  call: 'Call',
  callAgain: 'Call again',
  hangUp: 'Hang up',
  mute: 'Mute',
  keypad: 'Keypad',
  typed: 'Keys pressed',
  callMeBack: 'Call me back',
  free: 'Speak with us right here, over the internet. You need a microphone.',

  details: 'Your details (optional)',
  name: 'Your name',
  number: 'Your number',
  numberHint: 'In case we are to call you back.',
  to: 'Number to call',
  microphone: 'Microphone',
  speaker: 'Loudspeaker',
  systemDevice: 'As the system',
  checkConnection: 'Check the connection',
  connectivity: {
    trying: 'One moment…',
    udp: 'A call would come through well.',
    'socket-only': 'A call would come through, a little late: your network lets no direct sound through.',
    'no-audio': 'Your network lets no sound through. Try another one, such as that of your mobile phone.',
    'no-server': 'We cannot be reached just now. Please try again in a moment.',
  },

  asking: 'Please allow the microphone in your browser’s question.',
  dialling: 'Calling…',
  returning: 'Getting your call back…',
  connecting: 'Connecting the sound…',
  menu: 'Listen, and press a key.',
  waiting: (position: number | null, seconds: number | null) => {
    const place =
      position === null
        ? 'You are in line'
        : position === 1
          ? 'You are next in line'
          : `You are number ${position} in line`
    return seconds === null ? `${place}.` : `${place}, ${minutes(seconds)}.`
  },
  ringing: (agent: string | null) => (agent === null ? 'We are calling a colleague…' : `We are calling ${agent}…`),
  talking: (agent: string | null) => (agent === null ? 'You are connected' : `Talking with ${agent}`),
  held: (agent: string | null) => (agent === null ? 'You are on hold.' : `${agent} has put you on hold.`),
  message: 'Speak your message after the tone. Press any key when you are done.',
  incoming: (from: string) => `${from} is calling you`,
  answer: 'Answer',
  decline: 'Decline',
  keepOpen: 'Keep this page open: we call you back here.',
  inQueue: (queue: string) => `For ${queue}`,

  ended: 'The call has ended.',
  outcomes: {
    voicemail: 'Thank you. Your message has been taken.',
    callback: 'Thank you. We will call you back.',
    rejected: 'Nobody could take the call.',
    failed: 'The call could not be made. Please try again.',
  } as Record<string, string>,
  reasons: {
    'hung-up': 'The call has ended.',
    lost: 'The call was cut off.',
    declined: 'The call was not taken.',
    failed: 'The call could not be made. Please try again.',
    elsewhere: 'The call goes on in another window.',
  },
  /** By the server's code; its own sentence is in English. */
  refusals: {
    engine_full: 'All lines are busy. Please try again in a few minutes.',
    too_many_calls: 'There were too many calls from here. Please wait a minute, then try again.',
    not_connected: 'The call could not be put through. Please try again.',
    failed: 'The call could not be put through. Please try again.',
  } as Record<string, string>,

  muted: 'You are muted: nobody hears you.',
  silent: 'Nothing comes from your microphone. Is it switched off?',
  silenced: 'Your browser plays no sound yet. Press any key or tap here.',
  reconnecting: 'The sound was interrupted. It will be back in a moment…',
  offline: 'This device has no network. The call goes on as soon as it is back.',
  noServer: 'We cannot be reached just now. Trying again…',
  overSocket: 'Your network lets no direct sound through, so it goes the long way. It may come a little late.',
  qualities: { good: 'Good connection', fair: 'Fair connection', poor: 'Poor connection' },
  poorHint: 'The connection is weak. Come closer to your router, or close what else uses the network.',

  microphoneTroubles: {
    refused: {
      title: 'Your browser does not let us hear you',
      remedy: 'Press the sign beside the address, allow the microphone for this page, and call again.',
    },
    'none-found': {
      title: 'There is no microphone',
      remedy: 'Plug in a microphone or a headset, and call again.',
    },
    'in-use': {
      title: 'The microphone does not answer',
      remedy: 'Another program may be using it. Close that one, and call again.',
    },
    'insecure-context': {
      title: 'This page cannot use your microphone',
      remedy: 'Browsers allow it only at addresses that begin with https. Please tell whoever runs this page.',
    },
    unsupported: {
      title: 'This browser cannot make calls',
      remedy: 'Use an up-to-date Chrome, Edge, Firefox or Safari.',
    },
  } satisfies Record<MicrophoneProblem, { title: string; remedy: string }>,
}
