import { Component, type ReactNode } from 'react';
import { errorToJson, type ErrorJson } from '../../shared/errors.ts';
import { Problem } from './problem.tsx';

/** A place that fails leaves the others. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, { readonly error: ErrorJson | null }> {
  override state: { readonly error: ErrorJson | null } = { error: null };

  static getDerivedStateFromError(error: unknown): { error: ErrorJson } {
    return { error: errorToJson(error) };
  }

  override render(): ReactNode {
    if (this.state.error === null) return this.props.children;
    return <Problem error={this.state.error} again={() => this.setState({ error: null })} />;
  }
}
