import type { ServerResponse } from 'node:http';

/** Begins an answer of server-sent events; gives how to send one. */
export function beginEvents(response: ServerResponse): (data: unknown, event?: string) => void {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  return (data, event) => {
    const text = typeof data === 'string' ? data : JSON.stringify(data);
    response.write(`${event ? `event: ${event}\n` : ''}data: ${text}\n\n`);
  };
}

/** One chunk of an OpenAI-compatible chat stream. */
export const chatChunk = (delta: object, finish: string | null = null, usage: object | null = null) => ({
  id: 'chatcmpl-1',
  object: 'chat.completion.chunk',
  created: 1_700_000_000,
  model: 'double-1',
  choices: usage ? [] : [{ index: 0, delta, finish_reason: finish }],
  ...(usage && { usage }),
});

/** Streams a chat answer word by word, with its usage at the end. */
export function answerChat(response: ServerResponse, words: readonly string[]): void {
  const send = beginEvents(response);
  send(chatChunk({ role: 'assistant', content: '' }));
  for (const word of words) send(chatChunk({ content: word }));
  send(chatChunk({}, 'stop'));
  send(chatChunk({}, null, { prompt_tokens: 12, completion_tokens: words.length, total_tokens: 12 + words.length }));
  send('[DONE]');
  response.end();
}

/** Streams an answer in which the model calls tools: name and input of each. `words`: what it says before. */
export function answerToolCalls(
  response: ServerResponse,
  calls: readonly (readonly [name: string, input: object])[],
  words: string | null = null,
): void {
  const send = beginEvents(response);
  send(chatChunk({ role: 'assistant', content: words }));
  for (const [index, [name, input]] of calls.entries()) {
    const tool = { name, arguments: JSON.stringify(input) };
    send(chatChunk({ tool_calls: [{ index, id: `call_${index}_${name}`, type: 'function', function: tool }] }));
  }
  send(chatChunk({}, 'tool_calls'));
  send(chatChunk({}, null, { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 }));
  send('[DONE]');
  response.end();
}
