; short.txt as an array in the data segment, terminated by a zero.

global short_sample
section .data align=32

short_sample:
    incbin "short.txt"
    db 0
