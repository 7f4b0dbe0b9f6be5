export {
  OpenApiError,
  readOpenApi,
  type OpenApiDocument,
  type OpenApiFormField,
  type OpenApiOperation,
  type OpenApiParameter,
  type OpenApiSelection,
  type ParameterPlace,
  type ParameterStyle,
  type SelectedNames,
  type SkippedOperation,
} from './open-api.ts';
