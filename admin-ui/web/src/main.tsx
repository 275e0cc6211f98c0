// The console starts here.
import { render } from 'preact'
import './style/console.css'

render(<h1>Leveret</h1>, document.body)
