import type { FastifyRequest } from 'fastify';
import type { Viewer } from '@flowmesh/platform/access';
import { ErrorCode, PublicError } from '@flowmesh/platform/errors';
import type { GraphQLRequest } from '@flowmesh/platform/federation';
import { readJson } from '@flowmesh/platform/json';
import { jsonTextLimits, type GatewayLimits } from '../gateway-config.ts';
import { HttpRefusal } from '../operations/refusal.ts';
import { readParameters, readSearchParameters } from '../operations/request-parameters.ts';
import { mediaTypeOf } from './cross-site.ts';
import { isTooLargeFor, tooLargeForStrangers } from './stranger-limit.ts';

/**
 * Reads the GraphQL request from an HTTP request, according to its method. Throws a refusal that explains the error.
 */
export function readRequest(request: FastifyRequest, viewer: Viewer, limits: GatewayLimits): GraphQLRequest {
  if (request.method !== 'POST') {
    const at = request.url.indexOf('?');
    return readSearchParameters(new URLSearchParams(at < 0 ? '' : request.url.slice(at)));
  }
  return readParameters(readJsonBody(request, viewer, limits));
}

/** The JSON of a body within the limits of requests; undefined for an empty one. */
export function readJsonBody(request: FastifyRequest, viewer: Viewer, limits: GatewayLimits): unknown {
  const type = mediaTypeOf(request.headers);
  if (type !== 'application/json') throw new HttpRefusal(`Send application/json rather than ${type}.`, 415);
  if (Buffer.isBuffer(request.body) && isTooLargeFor(viewer, request.body, limits)) {
    throw new PublicError(tooLargeForStrangers(limits), ErrorCode.tooLarge);
  }
  return readBody(request.body, limits);
}

function readBody(body: unknown, limits: GatewayLimits): unknown {
  if (!Buffer.isBuffer(body) || body.length === 0) return undefined;
  const read = readJson(body, jsonTextLimits(limits));
  if (read.ok) return read.value;
  const { code, message } = read.problem;
  if (code === 'NUMBER') throw new PublicError(`${message}.`, ErrorCode.badInput);
  throw new PublicError(`The body ${message}.`, ErrorCode.badRequest);
}
