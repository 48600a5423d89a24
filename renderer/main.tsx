import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Frame } from './frame.tsx';
import { createServices, ServicesContext } from './store/services.ts';
import { electronTransport } from './transport/electron.ts';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no root.');
const services = createServices(electronTransport());
createRoot(root).render(
  <StrictMode>
    <ServicesContext value={services}>
      <Frame />
    </ServicesContext>
  </StrictMode>,
);
