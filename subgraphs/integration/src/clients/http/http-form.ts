import { newId } from '@flowmesh/platform/ids';
import type { InvalidField } from '@flowmesh/platform/validation';
import { isScalar, percentEncoded, queryText, type ParameterStyle } from './http-parameters.ts';

/** How a field of a form is written, where that is not the usual way. */
export interface HttpFormField {
  readonly name: string;
  /** Of `application/x-www-form-urlencoded`; null for the usual way. */
  readonly style: ParameterStyle | null;
  readonly explode: boolean;
  /** Of the value; null for the usual one. */
  readonly mediaType: string | null;
  /** Of `multipart/form-data`: its value is `{content, name, mediaType}`, the content as base64. */
  readonly isFile: boolean;
}

export const URL_ENCODED = 'application/x-www-form-urlencoded';
export const MULTIPART = 'multipart/form-data';
export const isForm = (contentType: string | null | undefined): boolean =>
  contentType === URL_ENCODED || contentType === MULTIPART;

export interface FormBody {
  readonly body: string | Buffer;
  readonly contentType: string;
}

type Members = Readonly<Record<string, unknown>>;
type Tell = (problem: InvalidField) => void;

const NOTHING_SPECIAL = { style: null, explode: true, mediaType: null, isFile: false } as const;
const isObject = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isJson = (mediaType: string | null) => mediaType !== null && /[/+]json\b/i.test(mediaType);
/** What has no text of its own is written as JSON. */
const textOf = (value: unknown) => (isScalar(value) ? String(value) : JSON.stringify(value));

/**
 * The body of a form. As OpenAPI has it where nothing else is said, each value of a list is a field of its own, and objects
 * are JSON. `tell` gets what cannot be sent, by the names of the fields.
 */
export function formBody(contentType: string, form: readonly HttpFormField[], members: Members, tell: Tell): FormBody {
  const given = Object.entries(members).flatMap(([name, value]) => {
    const field = form.find((each) => each.name === name) ?? { ...NOTHING_SPECIAL, name };
    return value === null || value === undefined ? [] : [{ field, value }];
  });
  if (contentType === URL_ENCODED) {
    const pairs = given.map(({ field, value }) => urlEncoded(field, value, tell)).filter((text) => text !== '');
    return { body: pairs.join('&'), contentType };
  }
  const boundary = `flowmesh-${newId()}`;
  const parts = given.flatMap(({ field, value }) => partsOf(field, value, tell)).map((part) => written(boundary, part));
  return {
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
    contentType: `${contentType}; boundary=${boundary}`,
  };
}

function urlEncoded({ name, style, explode, mediaType }: HttpFormField, value: unknown, tell: Tell): string {
  const pair = (inner: unknown) => `${percentEncoded(name)}=${percentEncoded(textOf(inner))}`;
  if (style !== null) {
    const text = queryText({ in: 'QUERY', name, field: name, style, explode }, value);
    if ('value' in text) return text.value;
    tell({ path: name, message: text.problem });
    return '';
  }
  if (isJson(mediaType)) return `${percentEncoded(name)}=${percentEncoded(JSON.stringify(value))}`;
  return Array.isArray(value) ? value.map(pair).join('&') : pair(value);
}

interface Part {
  readonly name: string;
  readonly fileName: string | null;
  readonly mediaType: string | null;
  readonly content: Buffer;
}

function partsOf({ name, mediaType, isFile }: HttpFormField, value: unknown, tell: Tell): Part[] {
  const values = Array.isArray(value) ? value : [value];
  return values.flatMap((inner: unknown, at): Part[] => {
    if (isFile && !isScalar(inner)) {
      const path = Array.isArray(value) ? `${name}[${at}]` : name;
      const file = fileOf(inner, (problem) => tell({ path: path + problem.path, message: problem.message }));
      return file ? [{ name, ...file, mediaType: file.mediaType ?? mediaType ?? 'application/octet-stream' }] : [];
    }
    const content = isJson(mediaType) ? JSON.stringify(inner) : textOf(inner);
    const type = mediaType ?? (isScalar(inner) ? null : 'application/json');
    return [{ name, fileName: null, mediaType: type, content: Buffer.from(content) }];
  });
}

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
export const MEDIA_TYPE = /^[\w.+-]{1,60}\/[\w.+-]{1,60}(; ?[\w-]{1,30}=[\w.-]{1,60})?$/;
const FILE_NAME = /^[^\0-\x1f\x7f]{1,255}$/;

function fileOf(value: unknown, tell: Tell) {
  if (!isObject(value)) return void tell({ path: '', message: 'must be a file: {content, name, mediaType}' });
  const { content, name = 'file', mediaType = null } = value;
  if (typeof content !== 'string' || !BASE64.test(content)) {
    return void tell({ path: '.content', message: 'must be base64' });
  }
  if (typeof name !== 'string' || !FILE_NAME.test(name)) {
    return void tell({ path: '.name', message: 'must have 1 to 255 characters, none of which is a control character' });
  }
  if (mediaType !== null && (typeof mediaType !== 'string' || !MEDIA_TYPE.test(mediaType))) {
    return void tell({ path: '.mediaType', message: 'must be a media type, e.g. image/png' });
  }
  return { content: Buffer.from(content, 'base64'), fileName: name, mediaType };
}

/** As browsers write names (HTML, multipart/form-data encoding algorithm), so that they cannot end their line. */
const quoted = (text: string) => `"${text.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22')}"`;

function written(boundary: string, { name, fileName, mediaType, content }: Part): Buffer {
  const file = fileName === null ? '' : `; filename=${quoted(fileName)}`;
  const type = mediaType === null ? '' : `content-type: ${mediaType}\r\n`;
  const head = `--${boundary}\r\ncontent-disposition: form-data; name=${quoted(name)}${file}\r\n${type}\r\n`;
  return Buffer.concat([Buffer.from(head), content, Buffer.from('\r\n')]);
}
