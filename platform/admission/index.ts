export { Admission, type AdmissionOptions, type Leave } from './admission.ts';
