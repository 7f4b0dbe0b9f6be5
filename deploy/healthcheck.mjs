// Ends with 0 when the process in this container is ready for traffic.
const url = `http://127.0.0.1:${process.env.PORT || 4000}/health/ready`;
const ready = await fetch(url, { signal: AbortSignal.timeout(4_000) }).then(
  (response) => response.ok,
  () => false,
);
process.exit(ready ? 0 : 1);
