import pg from 'pg';

const { builtins, getTypeParser } = pg.types;
const asTexts = getTypeParser(1009);
const asText = (value) => value;
const asNumber = (text) => (Number.isFinite(Number(text)) ? Number(text) : text);

/** Times as the server writes them: a date has no time zone, and must not become a moment. */
const AS_TEXT = new Set([builtins.DATE, builtins.TIMESTAMP, builtins.TIMESTAMPTZ, builtins.INTERVAL, builtins.BYTEA]);
/** Arrays of those. */
const AS_TEXTS = new Set([1182, 1115, 1185, 1187, 1001]);
/** JSON has no NaN and no Infinity. */
const AS_NUMBER = new Set([builtins.FLOAT4, builtins.FLOAT8]);

/** How values become JSON. What JavaScript cannot hold exactly (bigint, numeric) stays a text, as `pg` has it. */
export const types = {
  getTypeParser(oid, format) {
    if (AS_TEXT.has(oid)) return asText;
    if (AS_TEXTS.has(oid)) return asTexts;
    return AS_NUMBER.has(oid) ? asNumber : getTypeParser(oid, format);
  },
};
