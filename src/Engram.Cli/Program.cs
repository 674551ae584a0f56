using Engram.Data;

Console.WriteLine(new RowRange(1, 3));
return 0;
