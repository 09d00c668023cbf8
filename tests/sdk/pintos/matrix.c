/* Multiplies matrices that are larger than the machine's frames. */
#include <stdio.h>
#include <syscall.h>

#define DIM 160

int A[DIM][DIM];
int B[DIM][DIM];
int C[DIM][DIM];

int
main (void)
{
  int i, j, k;

  for (i = 0; i < DIM; i++)
    for (j = 0; j < DIM; j++)
      {
        A[i][j] = i;
        B[i][j] = j;
        C[i][j] = 0;
      }
  for (i = 0; i < DIM; i++)
    for (j = 0; j < DIM; j++)
      for (k = 0; k < DIM; k++)
        C[i][j] += A[i][k] * B[k][j];
  exit (C[DIM - 1][DIM - 1] == (DIM - 1) * (DIM - 1) * DIM ? 42 : 1);
}
