"""Pages: what a person sees of the hub in a browser, in Chinese and English.

Responsible for templates, texts, styles and scripts, and for what a page may load and do. Refuses
to know policies, stores and issuers: what a page shows is handed in.
"""
