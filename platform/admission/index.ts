export { Admission, type AdmissionLimits, type Leave } from './admission.ts';
