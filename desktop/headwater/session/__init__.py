"""What is going on now: running answers, open conversations, preferences; asyncio without Qt."""
