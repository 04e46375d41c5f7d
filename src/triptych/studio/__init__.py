"""The studio: a page in the browser that shows and edits the layers of files, and the HTTP API behind it.

`bounds` states what a visitor may ask for, `messages` what requests and answers are, `work` does them (in processes of
its own, which `pool` runs and ends), `api` is the way there by HTTP, `guard` who may come in, `app` puts it together.
The page is in `static/`: plain ES modules that talk to the API and nothing else. Nothing of a visitor's work is kept
here: each request brings its file and takes the new one home, so the state is the browser's.
"""
