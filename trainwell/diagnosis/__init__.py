"""Train under watch, judge, and put causes before symptoms: `tw.diagnose`, `tw.Watch`."""
