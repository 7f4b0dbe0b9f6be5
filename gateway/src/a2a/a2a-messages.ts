import { Role, type Message, type Part, type SendMessageRequest } from '@a2a-js/sdk';
import { ContentTypeNotSupportedError, RequestMalformedError } from '@a2a-js/sdk/errors';

const MAX_ID = 100;

const partOf = ({ content }: Part): unknown => {
  if (content?.$case === 'text') return { text: content.value };
  if (content?.$case === 'data') return { data: content.value ?? null };
  throw new ContentTypeNotSupportedError('Parts are texts and data; files are not taken.');
};

/** Input for an agent: the value of a single data part, `{text}` for texts, otherwise `{parts}`. */
export function inputOf({ parts }: Message): unknown {
  if (parts.length === 0) throw new RequestMalformedError('message.parts is required.');
  const read = parts.map(partOf);
  const [first] = parts;
  if (parts.length === 1 && first?.content?.$case === 'data') return first.content.value ?? null;
  const texts = parts.flatMap(({ content }) => (content?.$case === 'text' ? [content.value] : []));
  return texts.length === parts.length ? { text: texts.join('\n') } : { parts: read };
}

function idOf(name: string, value: string): string {
  if (value.length <= MAX_ID) return value;
  throw new RequestMalformedError(`${name} may have at most ${MAX_ID} characters.`);
}

/** A message that begins a task, with the ids that the client has given it. */
export interface NewTaskMessage {
  readonly message: Message;
  readonly messageId: string;
  /** Empty when the client has named none. */
  readonly contextId: string;
}

export function newTaskMessage({ message }: SendMessageRequest): NewTaskMessage {
  if (!message?.messageId) throw new RequestMalformedError('message.messageId is required.');
  if (message.role !== Role.ROLE_USER) throw new RequestMalformedError('message.role must be ROLE_USER, in 0.3 user.');
  return {
    message,
    messageId: idOf('message.messageId', message.messageId),
    contextId: idOf('message.contextId', message.contextId),
  };
}

/** The agent that the metadata of the message, or of the request, names. */
export function skillIdOf({ message, metadata }: SendMessageRequest): string {
  const named: unknown = message?.metadata?.['skillId'] ?? metadata?.['skillId'];
  if (typeof named === 'string' && named !== '') return named;
  throw new RequestMalformedError(
    'Name the agent in message.metadata.skillId: the id of a skill of the extended card. Or send to the address of an agent.',
  );
}

/** How many messages of the history are wanted. */
export function historyLengthOf(given: number | undefined): number | undefined {
  if (given === undefined || (Number.isInteger(given) && given >= 0)) return given;
  throw new RequestMalformedError('historyLength must be a whole number, 0 or more.');
}
